/** Whether the server can be heard: not yet, yes, or not any more. */
export type ConnectionState = 'opening' | 'open' | 'lost';

/** Keeps that state for whoever shows it. */
export class Connection {
  state: ConnectionState = 'opening';
  private readonly listeners = new Set<() => void>();

  set(connected: boolean): void {
    this.state = connected ? 'open' : 'lost';
    for (const listener of this.listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}
