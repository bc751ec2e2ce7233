// The Images service: names for content. A delete with `sync` answers when what only that name kept has been collected.
import { Images } from "../../proto/gen/images.ts";
import type { ImageStore } from "../metadata/images.ts";
import { type ApiService, apiService } from "./api-service.ts";
import { present } from "./present.ts";

/** The Images service on a store; `collect` resolves after a whole run of the garbage collector. */
export function imagesApi(store: ImageStore, collect: () => Promise<void>): ApiService {
  return apiService(Images, {
    get: ({ name }, { namespace }) => ({ image: store.get(namespace, name) }),
    list: ({ filters }, { namespace }) => ({ images: [...store.list(namespace, filters)] }),
    create: ({ image, sourceDateEpoch }, { namespace, lease }) => ({
      image: store.create(namespace, present(image, "create image", "image"), { lease, at: sourceDateEpoch }),
    }),
    update: ({ image, updateMask, sourceDateEpoch }, { namespace }) => ({
      image: store.update(namespace, present(image, "update image", "image"), updateMask?.paths ?? [], {
        at: sourceDateEpoch,
      }),
    }),
    async delete({ name, sync, target }, { namespace }) {
      store.delete(namespace, name, target);
      if (sync) await collect();
      return {};
    },
  });
}
