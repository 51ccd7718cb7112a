"""The Jsonnet library, by what one app's input makes of it."""
