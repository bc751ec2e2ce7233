// What containerd 2's CRI plug-in is told in tests. docs/containerd.md says which of it a real machine needs.

/** The tables of the configuration. `dir` is the daemon's; `image` also stands in for the pause image. */
export function criConfiguration(dir: string, image: string): string {
  return `[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = "${image}"
[plugins.'io.containerd.cri.v1.runtime']
# Without CAP_SYS_RESOURCE no score below one's own can be set.
restrict_oom_score_adj = true
disable_apparmor = true
netns_mounts_under_state_dir = true
cdi_spec_dirs = []
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ["/usr/lib/cni"]
conf_dir = "${dir}/cni"
[plugins.'io.containerd.cri.v1.runtime'.containerd]
default_runtime_name = "hawser"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.hawser]
runtime_type = "io.containerd.hawser.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.hawser.options]
Root = "${dir}/runtime"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.control]
runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.control.options]
Root = "${dir}/runtime"
`;
}

/** A network of bridge and addresses that leads nowhere: the bridge has no address, and the pods no route. */
export function criNetwork(name: string, bridge: string, addressDir: string): string {
  const ipam = { type: "host-local", dataDir: addressDir, ranges: [[{ subnet: "10.250.99.0/24" }]] };
  return JSON.stringify({
    cniVersion: "0.4.0",
    name,
    plugins: [{ type: "bridge", bridge, isGateway: false, ipam }],
  });
}
