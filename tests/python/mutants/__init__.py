"""Break one formula at a time and see whether a test turns red.

    PYTHONPATH=tests/python python -m mutants --areas B1-B7 --count 60

`operators` says how a formula can be broken and `choose` which ones are; `unit` and `hunt` look for
a test that notices: a dbt unit test of the model, the build itself, a data test, or the second
computation of the published tables (`oracle`).
"""
