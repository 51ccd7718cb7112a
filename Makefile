.PHONY: run test proof lock docs
run test proof lock docs:
	python3 dev.py $@
