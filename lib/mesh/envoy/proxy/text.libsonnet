// Envoy's files as text, for lists of thousands. Every item stands on a line of its own, so that a change of one is a
// change of one line. What all items share is written once and has an anchor (`&`), to which each item refers (`*`);
// what differs is put together as text, because the engines take several times as long over objects that exist only to
// be printed. Names, addresses and durations have no character that would need an escape.
{
  // A file of one list of resources, which Envoy reads as YAML.
  file(resources):: '{resources: [\n' + std.join(',\n', resources) + '\n]}\n',

  // A list, one item a line.
  list(items):: '[\n' + std.join(',\n', items) + '\n]',

  // Values with anchors, as the metadata of a resource, which Envoy itself does not read.
  anchors(values)::
    local each = ['"' + name + '": &' + name + ' ' + values[name] for name in std.objectFields(values)];
    '{"filter_metadata": {"sixfold": {\n' + std.join(',\n', each) + '\n}}}',

  // The fields of an object with at least one, without its braces.
  fields(object)::
    local text = '' + object;
    std.substr(text, 1, std.length(text) - 2),
}
