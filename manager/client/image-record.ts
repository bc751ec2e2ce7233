// Getting and putting the record of one image: what the collection and the import have in common.
import { Code, HawserError, hasCode } from "../../proto/errors.ts";
import type { Descriptor } from "../../proto/gen/descriptor.ts";
import { Images as ImagesService } from "../../proto/gen/images.ts";
import type { CallOptions } from "./connection.ts";
import { Image } from "./image.ts";
import type { Session } from "./session.ts";

/** What a name is to have besides its target. */
export interface PutOptions extends CallOptions {
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** One image by its full name. Throws NotFound. */
export async function getImage(session: Session, name: string, options?: CallOptions): Promise<Image> {
  const { image } = await session.service(ImagesService).get({ name }, options);
  if (image === undefined) throw new HawserError(Code.DataLoss, `get image "${name}": the answer is empty`);
  return new Image(session, image);
}

/** Names a target; a name that exists gets the new one. */
export async function putImage(
  session: Session,
  name: string,
  target: Descriptor,
  { labels = {}, ...options }: PutOptions = {},
): Promise<Image> {
  const service = session.service(ImagesService);
  const request = { image: { name, target, labels } };
  try {
    await service.create(request, options);
  } catch (error) {
    if (!hasCode(error, Code.AlreadyExists)) throw error;
    await service.update({ ...request, updateMask: { paths: ["target", "labels"] } }, options);
  }
  return await getImage(session, name, options);
}
