"""The plugin API of Argo CD as values: a query in, an answer out."""
