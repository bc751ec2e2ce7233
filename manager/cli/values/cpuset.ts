// Lists of processors or memory nodes: "0-3,8".
import { parseNumberList } from "../../oci/number-list.ts";
import { refusal } from "../../oci/refusal.ts";

/** The numbers of a list, ascending. */
export function parseCpuset(flag: string, value: string): readonly number[] {
  const numbers = parseNumberList(value);
  if (numbers !== undefined) return numbers;
  throw refusal({ flag, value }, "no list of numbers", "write one such as 0-3 or 0,2");
}
