"""Tests of the Jsonnet library: inputs of apps, clusters and Argo CD instances, and the resulting objects."""
