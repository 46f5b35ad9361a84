# Read a map of the running service with sf, as GeoJSON and as GeoPackage.
# Rscript read_maps.R [ADDRESS]
library(sf)

arguments <- commandArgs(trailingOnly = TRUE)
service <- if (length(arguments)) arguments[1] else "http://127.0.0.1:8000"
read_map <- function(ending) {
  file <- tempfile(fileext = paste0(".", ending))
  url <- paste0(service, "/maps/quality-seats.", ending, "?areas=planning")
  download.file(url, file, mode = "wb", quiet = TRUE)
  st_read(file, quiet = TRUE)
}

areas <- read_map("geojson")
same <- read_map("gpkg")
stopifnot(st_is_longlat(areas), identical(areas$quality_seats, same$quality_seats))

areas <- areas[areas$quality_seats_status == "shown", ]
print(st_drop_geometry(areas)[, c("name", "quality_seats")])
