# cmake -DMODULES=<folder> -DOUT=<file.cpp> -P embed_modules.cmake
# Turns lang/std/*.bh into the table that `import std.x` reads from.
file(GLOB modules ${MODULES}/*.bh)
list(SORT modules)
set(text "#include \"lang/standard.h\"\n\nnamespace bh {\n\n")
string(APPEND text "const std::vector<StandardModule>& standard_modules() {\n")
string(APPEND text "  static const std::vector<StandardModule> modules = {\n")
foreach(module IN LISTS modules)
  get_filename_component(name ${module} NAME_WE)
  file(READ ${module} body)
  string(APPEND text "      {\"std.${name}\", R\"~~~(${body})~~~\"},\n")
endforeach()
string(APPEND text "  };\n  return modules;\n}\n\n}  // namespace bh\n")
file(WRITE ${OUT} "${text}")
