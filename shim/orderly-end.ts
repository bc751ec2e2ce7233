// When the shim ends. The manager's Shutdown, after the last Delete, is the ordinary way. A SIGTERM or SIGINT is a wish:
// containerd sends none, so it comes from an administrator's pkill or from the end of the machine, and a container that
// loses its shim loses its output and its exit status. So it is granted as soon as it costs nothing: when no container
// lives, and either none is left or no manager is connected that could still ask for its exit (it is on disk then, and
// `delete` answers it). Who does not want to wait for that has SIGKILL.

/** What the decision looks at. */
export interface Census {
  /** Containers that exist, those that are being created included. */
  readonly containers: number;
  /** Whether one of them lives, or may. */
  readonly isAnyAlive: boolean;
  /** Connections of managers. */
  readonly connections: number;
}

/** Whether a wish to end can be granted. Pure. */
export function mayEnd({ containers, isAnyAlive, connections }: Census): boolean {
  return containers === 0 || (!isAnyAlive && connections === 0);
}

/** Waits for the end: once `asked` resolves, the shim gives everything back. */
export class OrderlyEnd {
  readonly asked: Promise<void>;
  readonly #census: () => Census;
  #resolve!: () => void;
  #isWished = false;

  constructor(census: () => Census) {
    this.#census = census;
    this.asked = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** The manager has said so. */
  shutdown(): void {
    this.#resolve();
  }

  /** A signal has said so. Answers whether it is granted now. */
  wish(): boolean {
    this.#isWished = true;
    return this.changed();
  }

  /** A container or a connection has come or gone: a wish may be granted now. */
  changed(): boolean {
    const isGranted = this.#isWished && mayEnd(this.#census());
    if (isGranted) this.#resolve();
    return isGranted;
  }
}
