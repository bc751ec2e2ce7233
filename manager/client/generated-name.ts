// A name for a container whose maker gave none: an adjective and a thing from the harbour, such as "calm_lantern". A few thousand
// of them; whoever needs another one asks again.
import { randomInt } from "node:crypto";

const ADJECTIVES =
  "able amber bold brave bright brisk calm clear clever cool coral crisp deft eager early fair fast fond free fresh gentle glad golden grand happy hardy honest idle jolly keen kind lasting light lively loyal lucky merry mild misty modest neat nimble noble patient placid plain prompt proud quick quiet ready rested salty sharp silent silver sleek snug sober solid steady still strong stout sunny sure swift tidal tidy trim true trusty upbeat vivid warm wise witty young".split(
    " ",
  );
const THINGS =
  "anchor barge bay beacon bell berth boom bow bridge brig buoy cable canal capstan cleat compass coracle crane cutter davit deck dinghy dock dolphin dory ferry fjord fleet float galley gangway gull gust halyard harbour hatch heron hull island jetty jib keel ketch knot lagoon lantern ledger lighthouse lock mast mooring oar otter packet pelican pennant pier pilot porthole prow quay raft reef rigging river rope rudder sail schooner sextant shoal skiff sloop spar strait tern tide tiller trawler tug wharf winch yawl".split(
    " ",
  );

/** A name. */
export function generatedName(): string {
  return `${pick(ADJECTIVES)}_${pick(THINGS)}`;
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? "";
}
