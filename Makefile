.PHONY: run test test-kind proof lock docs
run test test-kind proof lock docs:
	python3 dev.py $@
