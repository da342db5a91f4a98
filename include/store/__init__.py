"""The finance database: migrations, and one repository module per aggregate."""
