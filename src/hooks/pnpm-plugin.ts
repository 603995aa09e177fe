import { openGate } from '../gate.ts';

export const open: typeof openGate = openGate;
