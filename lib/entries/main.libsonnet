// Entries: what the compiler calls. Everything else is reached from here.
function(lib) (import 'entries.libsonnet')(lib)
