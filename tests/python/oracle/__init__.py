"""A second opinion: the headline KPIs computed again from the raw demo tables.

Written from the KPI catalogue alone, without reading the SQL of the models, so that a misread
sentence is not misread twice. Raw text in, rows in the shape of the published tables out.
"""
