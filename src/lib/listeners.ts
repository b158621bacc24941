/** The listeners of one event. A listener must not throw: those after it would hear nothing. */
export class Listeners<Parameters extends readonly unknown[]> {
  readonly #listeners = new Set<(...parameters: Parameters) => void>();

  /** The listener is called until the returned handle is disposed. */
  add(listener: (...parameters: Parameters) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  tell(...parameters: Parameters): void {
    for (const listener of this.#listeners) listener(...parameters);
  }
}
