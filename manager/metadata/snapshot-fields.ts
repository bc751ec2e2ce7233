// What filters see of a snapshot, and its kinds in words.
import { type Info, Kind } from "../../proto/gen/snapshots.ts";
import { ABSENT, type FieldLookup, mapField } from "./filter.ts";

const KIND_NAMES: ReadonlyMap<number, string> = new Map([
  [Kind.VIEW, "view"],
  [Kind.ACTIVE, "active"],
  [Kind.COMMITTED, "committed"],
]);

/** The fields `name`, `parent` (present also where it is empty, as in containerd), `kind` and `labels.KEY`. */
export function snapshotFields(info: Info): FieldLookup {
  return ([field, ...rest]) => {
    switch (field) {
      case "name":
        return { value: info.name, present: true };
      case "parent":
        return { value: info.parent, present: true };
      case "kind": {
        const kind = KIND_NAMES.get(info.kind);
        return kind === undefined ? ABSENT : { value: kind, present: true };
      }
      case "labels":
        return mapField(info.labels, rest);
      default:
        return ABSENT;
    }
  };
}
