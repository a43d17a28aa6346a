"""Tests of benefits, tangent cuts and calibration."""
