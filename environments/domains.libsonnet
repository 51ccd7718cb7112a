// DNS suffixes: inter-dc names end in `internal` (a private zone), external roads are hosts of `external`.
{
  internal: 'example.internal',
  external: 'example.com',
}
