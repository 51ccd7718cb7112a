// Names of services within a data center, and the stops that they lead to. Roads know no gateway: who carries the calls
// gives the backends of the names, and turns the stops into its own configuration.
function(lib) (import 'names.libsonnet')(lib) + (import 'stops.libsonnet')(lib)
