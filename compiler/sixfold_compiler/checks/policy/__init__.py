"""The table of rules: references that leave a team's namespace, and values that the cluster rejects.

`rules` is the language, `table` has the rows, `lists` what the fleet allows a team, and `evaluate` judges objects.
"""
