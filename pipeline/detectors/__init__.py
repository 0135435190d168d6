"""Face detectors, each behind `pipeline.ports.Detector`."""
