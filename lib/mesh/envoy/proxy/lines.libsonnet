// JSON as text, for lists of thousands. Every item stands on a line of its own, so that a change of one is a change of
// one line. What all items share is an object, turned into text once by `'' + value`; what differs is put together as
// text, because the engines take several times as long over objects that exist only to be printed.
{
  // A list, one item a line.
  list(items):: '[\n' + std.join(',\n', items) + '\n]',

  // The fields of an object with at least one, without its braces.
  fields(object)::
    local text = '' + object;
    std.substr(text, 1, std.length(text) - 2),
}
