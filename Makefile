.PHONY: run test lock docs
run test lock docs:
	python3 dev.py $@
