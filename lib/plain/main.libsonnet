// Plain objects: those that teams wrote themselves.
function(lib) (import 'plain-object.libsonnet')(lib)
