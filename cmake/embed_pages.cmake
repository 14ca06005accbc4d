# cmake -DPAGES=<folder> -DOUT=<file.cpp> -P embed_pages.cmake
# Turns docs/diagnostics/BHnnnn.md into a table that `bulkhead explain` prints from.
file(GLOB pages ${PAGES}/BH*.md)
list(SORT pages)
set(text "#include \"driver/report/diagnostic_pages.h\"\n\nnamespace bh {\n\n")
string(APPEND text "const std::vector<DiagnosticPage>& diagnostic_pages() {\n")
string(APPEND text "  static const std::vector<DiagnosticPage> pages = {\n")
foreach(page IN LISTS pages)
  get_filename_component(code ${page} NAME_WE)
  file(READ ${page} body)
  string(APPEND text "      {\"${code}\", R\"~~~(${body})~~~\"},\n")
endforeach()
string(APPEND text "  };\n  return pages;\n}\n\n}  // namespace bh\n")
file(WRITE ${OUT} "${text}")
