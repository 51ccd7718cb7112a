// Durations as Envoy reads them: seconds, with at most nine digits after the point.
local util = import '../../../core/util.libsonnet';

function(lib) {
  // A duration such as `1.5s`, `250ms`, `2m` or `1h`, in seconds.
  duration(text)::
    if std.endsWith(text, 's') && !std.endsWith(text, 'ms') then text
    else
      // Whole microseconds, so that every engine prints the same digits.
      local unit = if std.endsWith(text, 'ms') then 'ms' else std.substr(text, std.length(text) - 1, 1);
      local amount = std.parseJson(std.substr(text, 0, std.length(text) - std.length(unit)));
      local factor = util.choice('timeout ' + text, unit, { ms: 1000, m: 60000000, h: 3600000000 });
      local micros = std.floor(amount * factor + 0.5);
      local rest = micros % 1000000;
      std.floor(micros / 1000000) + (if rest == 0 then '' else '.' + std.substr('' + (1000000 + rest), 1, 6)) + 's',
}
