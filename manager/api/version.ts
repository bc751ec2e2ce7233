// The Version service: what clients ask first, also to see whether anybody is there.
import { Version } from "../../proto/gen/version.ts";
import { REVISION, VERSION } from "../version.ts";
import { type ApiService, apiService } from "./api-service.ts";

/** The Version service of this build. */
export function versionApi(): ApiService {
  return apiService(
    Version,
    { version: () => ({ version: VERSION, revision: REVISION }) },
    { isNamespaced: false },
  );
}
