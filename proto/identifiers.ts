// The names that things go by: containers, sandboxes, execs and namespaces, and the topics made of such names.
// Always true: a valid id can be a file name, a cgroup name and a topic component without quoting. "", ".", "..",
// and anything with a slash, a space, a control character or a letter beyond ASCII are not ids.
import { Code, HawserError } from "./errors.ts";

/** What an id is the id of; it is named in the error. */
export type IdKind = "container" | "sandbox" | "exec" | "namespace";

/** The most characters an id has. */
export const MAX_ID_LENGTH = 76;

/** The most characters a topic has: far more than any event needs, and an end to what a stranger can send. */
export const MAX_TOPIC_LENGTH = 1024;

const RULE = `an id has 1 to ${MAX_ID_LENGTH} characters: letters and digits, with a single ".", "_" or "-" between them`;
// Every character can match in one way only, so that the time this takes is linear.
const ID = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;

/** What is wrong with an id, or undefined when it is a valid one. */
function flawOf(id: string): string | undefined {
  if (id === "") return "it is empty";
  if (id.length > MAX_ID_LENGTH) return `it has ${id.length} characters`;
  if (ID.test(id)) return undefined;
  const alien = /[^A-Za-z0-9._-]/u.exec(id)?.[0];
  if (alien !== undefined) return `it contains ${JSON.stringify(alien)}`;
  if (/^[._-]/.test(id)) return `it begins with "${id.charAt(0)}"`;
  if (/[._-]$/.test(id)) return `it ends with "${id.at(-1)}"`;
  return `it contains "${/[._-]{2}/.exec(id)?.[0]}"`;
}

/** Whether `id` may name a container, a sandbox, an exec or a namespace. */
export function isValidId(id: string): boolean {
  return flawOf(id) === undefined;
}

/** Returns `id` when it is valid. Throws InvalidArgument that says what was asked, what is wrong and what is allowed. */
export function validateId(kind: IdKind, id: string): string {
  const flaw = flawOf(id);
  if (flaw === undefined) return id;
  throw new HawserError(Code.InvalidArgument, `check ${kind} id ${quote(id)}: ${flaw}; ${RULE}`);
}

/**
 * Returns `topic` when it is valid: a slash, and components between slashes that are valid ids.
 * Throws InvalidArgument that says what is wrong and what is allowed.
 */
export function validateTopic(topic: string): string {
  const flaw = topicFlawOf(topic);
  if (flaw === undefined) return topic;
  throw new HawserError(
    Code.InvalidArgument,
    `check topic ${quote(topic)}: ${flaw}; a topic begins with "/" and each component is an id: ${RULE}`,
  );
}

function topicFlawOf(topic: string): string | undefined {
  if (topic === "") return "it is empty";
  if (topic.length > MAX_TOPIC_LENGTH) return `it has ${topic.length} characters`;
  if (!topic.startsWith("/")) return `it begins with ${quote(topic.charAt(0))}`;
  for (const component of topic.slice(1).split("/")) {
    const flaw = flawOf(component);
    if (flaw !== undefined) return `component ${quote(component)}: ${flaw}`;
  }
  return undefined;
}

// Errors end up in logs and in answers: a stranger's megabyte should not.
function quote(text: string): string {
  const isLong = text.length > MAX_ID_LENGTH;
  return JSON.stringify(isLong ? `${text.slice(0, MAX_ID_LENGTH)}…` : text);
}
