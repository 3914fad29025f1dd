"""Workbooks: the one table of fields that they have, and what is safe in their cells."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
