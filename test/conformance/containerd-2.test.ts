// The shim under containerd 2.

import { containerdContract } from "./containerd-contract.ts";
import { newContainerd } from "./support/containerd.ts";

containerdContract(newContainerd());
