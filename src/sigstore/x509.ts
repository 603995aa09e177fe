/** @peculiar/x509, which refuses to load before the Reflect polyfill is in place. */
import 'reflect-metadata';

export { X509Certificate } from '@peculiar/x509';
