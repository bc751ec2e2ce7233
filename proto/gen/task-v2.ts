// Generated from proto/task-v2.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The task service under its older name. Methods and messages are those of v3; only the service's name differs on
// the wire, so a shim serves both with one implementation. containerd up to 1.7 knows no other.
import type { ServiceDefinition } from "../codec.ts";
import { Empty } from "./empty.ts";
import { CheckpointTaskRequest, CloseIORequest, ConnectRequest, ConnectResponse, CreateTaskRequest, CreateTaskResponse, DeleteRequest, DeleteResponse, ExecProcessRequest, KillRequest, PauseRequest, PidsRequest, PidsResponse, ResizePtyRequest, ResumeRequest, ShutdownRequest, StartRequest, StartResponse, StateRequest, StateResponse, StatsRequest, StatsResponse, UpdateTaskRequest, WaitRequest, WaitResponse } from "./task.ts";

/** The calls a manager makes to a shim, as containerd up to 1.7 names them. */
export const Task = {
  name: "containerd.task.v2.Task",
  methods: {
    /** The state of a process, from the shim's memory. */
    state: {
      name: "State",
      kind: "unary",
      request: StateRequest,
      response: StateResponse,
    },
    /** Mounts the rootfs and creates the container; its init process waits to be started. */
    create: {
      name: "Create",
      kind: "unary",
      request: CreateTaskRequest,
      response: CreateTaskResponse,
    },
    /** Starts the created init process, or an added exec. */
    start: {
      name: "Start",
      kind: "unary",
      request: StartRequest,
      response: StartResponse,
    },
    /** Forgets a process that has stopped, and gives its exit a last time. */
    delete: {
      name: "Delete",
      kind: "unary",
      request: DeleteRequest,
      response: DeleteResponse,
    },
    /** All processes in the container. */
    pids: {
      name: "Pids",
      kind: "unary",
      request: PidsRequest,
      response: PidsResponse,
    },
    /** Freezes the container. */
    pause: {
      name: "Pause",
      kind: "unary",
      request: PauseRequest,
      response: Empty,
    },
    /** Thaws it. */
    resume: {
      name: "Resume",
      kind: "unary",
      request: ResumeRequest,
      response: Empty,
    },
    /** Writes a checkpoint of the container to a directory. */
    checkpoint: {
      name: "Checkpoint",
      kind: "unary",
      request: CheckpointTaskRequest,
      response: Empty,
    },
    /** Sends a signal to a process, or to all of them. */
    kill: {
      name: "Kill",
      kind: "unary",
      request: KillRequest,
      response: Empty,
    },
    /** Adds an exec, which waits to be started. */
    exec: {
      name: "Exec",
      kind: "unary",
      request: ExecProcessRequest,
      response: Empty,
    },
    /** Sets the size of a process's terminal. */
    resizePty: {
      name: "ResizePty",
      kind: "unary",
      request: ResizePtyRequest,
      response: Empty,
    },
    /** Closes the shim's end of standard input, so that the process reads the end of it. */
    closeIO: {
      name: "CloseIO",
      kind: "unary",
      request: CloseIORequest,
      response: Empty,
    },
    /** Changes the container's resource limits. */
    update: {
      name: "Update",
      kind: "unary",
      request: UpdateTaskRequest,
      response: Empty,
    },
    /** Answers when the process has exited. Several callers may wait at once, without a deadline. */
    wait: {
      name: "Wait",
      kind: "unary",
      request: WaitRequest,
      response: WaitResponse,
    },
    /** What the container's cgroup counts. */
    stats: {
      name: "Stats",
      kind: "unary",
      request: StatsRequest,
      response: StatsResponse,
    },
    /** Whether the shim is there, and its pid and the task's. */
    connect: {
      name: "Connect",
      kind: "unary",
      request: ConnectRequest,
      response: ConnectResponse,
    },
    /** Ends the shim when it has no tasks left. */
    shutdown: {
      name: "Shutdown",
      kind: "unary",
      request: ShutdownRequest,
      response: Empty,
    },
  },
} as const satisfies ServiceDefinition;
