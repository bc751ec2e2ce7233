// The shim under Debian's containerd.

import { containerdContract } from "./containerd-contract.ts";
import { debianContainerd } from "./support/containerd.ts";

containerdContract(debianContainerd());
