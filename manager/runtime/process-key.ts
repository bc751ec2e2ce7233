// What tasks and their processes are called within one manager.

/** Which task. */
export interface TaskKey {
  readonly namespace: string;
  readonly id: string;
}

/** Which process of a task; init has the exec id "". */
export interface ProcessKey extends TaskKey {
  readonly execId: string;
}
