// Volumes of pods, and claims on storage.
function(lib) (import 'claims.libsonnet')(lib) + (import 'volumes.libsonnet')(lib)
