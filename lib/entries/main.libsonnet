// Entries: what the compiler calls. Everything else is reached from here.
function(lib) {
  // The objects of one app, in parts (see `overlay.parts`).
  app(input):: lib.overlay.parts(input),

  // The files of one cluster, each a list of objects.
  cluster(input):: lib.cluster.files(input),

  // The files of one Argo CD instance, each a list of objects.
  argocd(input):: lib.argocd.files(input),

  // The file that a person applies once to an Argo CD instance, as a list of objects.
  bootstrap(input):: lib.argocd.byHand(input),
}
