"""Tests of what maintainers run: releases, bundles, the list of dependencies."""
