/** The server answered with what is no list or no watch: what it told before is right, what would come next unknown. */
export class StreamBroken extends Error {
  override readonly name: string = "StreamBroken";
}

/**
 * The server is at an older resourceVersion than we are: it was restored from a backup. A watch from a version that is to
 * come is accepted and stays silent (seen on kube-apiserver 1.36), so nothing else tells.
 */
export class WentBack extends StreamBroken {
  override readonly name = "WentBack";
}
