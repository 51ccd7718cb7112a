"""Damage to a compiled tree of the example fleet that the generator must reject."""


def truncate_an_overlay(tree):
    path = tree / "prod/dc1/dc1-a/catalog/currencyservice.yaml"
    path.write_bytes(path.read_bytes()[:-7])


def remove_an_overlay(tree):
    (tree / "prod/dc1/dc1-a/catalog/currencyservice.yaml").unlink()


def truncate_an_inventory(tree):
    path = tree / "prod/dc2/dc2-b/inventory.json"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def remove_the_root_inventory(tree):
    (tree / "inventory.json").unlink()


DAMAGES = [truncate_an_overlay, remove_an_overlay, truncate_an_inventory, remove_the_root_inventory]
