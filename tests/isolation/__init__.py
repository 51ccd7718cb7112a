"""Teams do not notice each other: the properties I1 to I6, on real compiles and the generator's real answers.

Few examples by default; `SIXFOLD_PROFILE=hour python3 dev.py test -- tests/isolation` is the long run.
"""
