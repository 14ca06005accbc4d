# cmake -DFILES=<glob> -DHEADER=<header> -DTYPE=<struct> -DFUNCTION=<name> -DPREFIX=<of names> -DOUT=<file.cpp>
#   -P embed_texts.cmake
# Compiles text files in: FUNCTION, declared in HEADER, returns a vector of TYPE{PREFIX + name of the file, text}, by name.
file(GLOB files ${FILES})
list(SORT files)
set(text "#include \"${HEADER}\"\n\nnamespace bh {\n\n")
string(APPEND text "const std::vector<${TYPE}>& ${FUNCTION}() {\n")
string(APPEND text "  static const std::vector<${TYPE}> all = {\n")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME_WE)
  file(READ ${file} body)
  string(APPEND text "      {\"${PREFIX}${name}\", R\"~~~(${body})~~~\"},\n")
endforeach()
string(APPEND text "  };\n  return all;\n}\n\n}  // namespace bh\n")
file(WRITE ${OUT} "${text}")
