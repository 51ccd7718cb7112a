// Files of an Argo CD instance: clusters, what each team may deploy where, and how the generator is asked.

local parts(lib) =
  (import 'metadata.libsonnet')(lib)
  + (import 'bootstrap.libsonnet')(lib)
  + (import 'clusters.libsonnet')(lib)
  + (import 'projects.libsonnet')(lib)
  + (import 'denied.libsonnet')(lib)
  + (import 'applicationsets.libsonnet')(lib)
  + (import 'templates.libsonnet')(lib)
  + (import 'plugin.libsonnet')(lib);

function(lib) parts(lib) + {
  local here = self,

  // Fields of an instance's input, which the functions of `argocd` take.
  defaults:: {
    // The fleet's `name` and `repository`.
    fleet: error 'an instance must provide fleet',
    // The fleet's choices for every instance: `automated`, `progressiveSync`.
    argocd: error 'an instance must provide argocd',
    // The instance: `name`, `namespace`, `server`, `generatorUrl` and more.
    instance: error 'an instance must provide instance',
    // Clusters that the instance deploys to.
    clusters: [],
    // Teams with apps on these clusters.
    teams: [],
    // Names of the waves of clusters, in order.
    waves: [],
  },

  // The file of one instance that a person applies once, outside the tree.
  byHand(input):: { 'bootstrap.yaml': here.bootstrap(here.defaults + input) },

  // The files of one instance in the tree, each a list of objects. The bootstrap's Application applies them.
  files(input)::
    local all = here.defaults + input;
    {
      'clusters.yaml': [here.clusterSecret(cluster, all) for cluster in all.clusters],
      'platform.yaml': [here.platformProject(all), here.platformApplicationSet(all)],
    } + {
      ['team-' + team.name + '.yaml']: [here.teamProject(team, all), here.teamApplicationSet(team, all)]
      for team in all.teams
    },
}
