/** A body as it comes in. A host that sends it byte by byte must not cost an object for each, so small pieces share memory. */
const SHARED_BYTES = 16_384;
/** Copied on its own, larger than that. */
const SMALL_BYTES = 4_096;

export class Pieces {
  #whole: Buffer[] = [];
  #shared: Buffer | undefined = undefined;
  #used = 0;

  /** @param piece  copied */
  add(piece: Uint8Array): void {
    let rest = piece;
    if (this.#shared !== undefined) {
      const fits = rest.subarray(0, this.#shared.length - this.#used);
      this.#shared.set(fits, this.#used);
      this.#used += fits.length;
      rest = rest.subarray(fits.length);
      if (rest.length === 0) return;
      this.#close();
    }
    if (rest.length > SMALL_BYTES) {
      this.#whole.push(Buffer.from(rest));
      return;
    }
    this.#shared = Buffer.allocUnsafeSlow(SHARED_BYTES);
    this.#shared.set(rest);
    this.#used = rest.length;
  }

  /** All of it so far, in one piece; nothing of it is kept here. */
  take(): Buffer {
    this.#close();
    const whole = this.#whole;
    this.#whole = [];
    return whole.length === 1 ? whole[0]! : Buffer.concat(whole);
  }

  #close(): void {
    if (this.#shared !== undefined) this.#whole.push(this.#shared.subarray(0, this.#used));
    this.#shared = undefined;
  }
}
