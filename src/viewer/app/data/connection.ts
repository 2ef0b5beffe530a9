/** Whether the server can be heard: not yet, yes, or not any more. */
export type ConnectionState = 'opening' | 'open' | 'lost';

/** Keeps that state for whoever shows it. */
export class Connection {
  state: ConnectionState = 'opening';
  /** Called when it is there again after it was lost. */
  onBack: () => void = () => undefined;
  private readonly listeners = new Set<() => void>();

  set(connected: boolean): void {
    const before = this.state;
    this.state = connected ? 'open' : 'lost';
    if (before === this.state) return;
    if (before === 'lost' && connected) this.onBack();
    for (const listener of this.listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}
