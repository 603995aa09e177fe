export interface Certificate {
  readonly der: Uint8Array;
}
