"""Orchestration of the CRM KPI warehouse: land, build, publish, show."""
