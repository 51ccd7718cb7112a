// ServiceAccounts, and the IAM roles that they carry.
function(lib) (import 'service-account.libsonnet')(lib)
