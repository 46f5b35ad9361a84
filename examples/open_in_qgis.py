"""Open the layers of geoservice.qlr in QGIS without a window; print each layer with its features.

Run with the Python of QGIS: python3 open_in_qgis.py geoservice.qlr
"""

import sys

from qgis.core import Qgis, QgsApplication, QgsLayerDefinition, QgsProject

application = QgsApplication([], False)
application.initQgis()
project = QgsProject.instance()
loaded, message = QgsLayerDefinition.loadLayerDefinition(
    sys.argv[1], project, project.layerTreeRoot()
)
print(f"QGIS {Qgis.QGIS_VERSION}: {'loaded' if loaded else message}", flush=True)
for layer in project.mapLayers().values():
    features = layer.featureCount() if hasattr(layer, "featureCount") else "tiles"
    print(f"{layer.name()} | valid: {layer.isValid()} | {features}", flush=True)
