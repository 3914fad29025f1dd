"""Meatlab without a screen: rules, tables and storage, one module a topic."""
