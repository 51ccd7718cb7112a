// CPU and memory of each Envoy.
local util = import '../../../core/util.libsonnet';

function(lib) {
  // Worker threads: one for each requested core and at least two, rather than one for each core of the node.
  concurrency(cpu)::
    local text = util.quantity(cpu);
    local cores = if std.endsWith(text, 'm') then std.parseJson(std.substr(text, 0, std.length(text) - 1)) / 1000
    else std.parseJson(text);
    std.max(2, std.ceil(cores)),

  // A memory quantity in bytes.
  bytes(memory)::
    local text = util.quantity(memory);
    local unit = std.lstripChars(text, '0123456789.');
    local amount = std.parseJson(std.substr(text, 0, std.length(text) - std.length(unit)));
    local factor = util.choice('memory ' + text, unit, {
      '': 1,
      k: 1000,
      Ki: 1024,
      M: 1000000,
      Mi: 1048576,
      G: 1000000000,
      Gi: 1073741824,
      T: 1000000000000,
      Ti: 1099511627776,
    });
    std.floor(amount * factor),
}
