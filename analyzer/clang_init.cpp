// What initialisers store: of variables, aggregates and members, and the captures of lambdas.
#include <clang/AST/DeclCXX.h>

#include <utility>

#include "analyzer/clang_body.h"

namespace bh {

using namespace clang;

// With what each field that has an initialiser is initialised; those of the bases come first.
// `member`: the one that is initialised, of a union.
static std::vector<std::pair<const FieldDecl*, const Expr*>> initialised_fields(
    const RecordDecl* record, llvm::ArrayRef<Expr*> elements, const FieldDecl* member) {
  const auto* derived = dyn_cast<CXXRecordDecl>(record);
  size_t next = derived ? derived->getNumBases() : 0;
  std::vector<std::pair<const FieldDecl*, const Expr*>> found;
  for (const FieldDecl* field : record->fields()) {
    if (field->isUnnamedBitField() || (record->isUnion() && field != member)) continue;
    if (next >= elements.size()) break;
    found.emplace_back(field, elements[next++]);
  }
  return found;
}

// The list with an element for each that is initialised, whatever way it is written.
static const InitListExpr* semantic(const InitListExpr* list) {
  return list->getSemanticForm() ? list->getSemanticForm() : list;
}

void ClangBody::add_initial(const std::string& slot, QualType type, const Expr* init,
                            SourceLocation at, bool functions_only) {
  const auto* whole = dyn_cast<FullExpr>(init);
  if (whole) init = whole->getSubExpr();
  if (const auto* by_default = dyn_cast<CXXDefaultInitExpr>(init)) init = by_default->getExpr();
  if (init->getExprLoc().isValid()) at = init->getExprLoc();
  if (const ArrayType* array = context_.getAsArrayType(type)) {
    llvm::ArrayRef<Expr*> elements;
    if (const auto* list = dyn_cast<InitListExpr>(init))
      elements = semantic(list)->inits();
    else if (const auto* more = dyn_cast<CXXParenListInitExpr>(init))
      elements = more->getInitExprs();
    const QualType element = array->getElementType();
    if (!is_function_pointer(element) && !element->isArrayType()) return;
    for (const Expr* item : elements) add_initial(slot, element, item, at, functions_only);
    return;
  }
  if (type->isRecordType()) return;
  Value stored = value(init);
  const bool itself = stored.alternatives.size() == 1 && stored.alternatives[0].text == slot;
  if (itself || (functions_only && !is_function_pointer(type) && !holds_function(stored))) return;
  add_store(slot, at, StoreHow::Assign, std::move(stored));
}

void ClangBody::visit_list(const InitListExpr* list) {
  list = semantic(list);
  visit_elements(list->getType(), list->inits(), list->getInitializedFieldInUnion(),
                 list->getBeginLoc());
}

void ClangBody::visit_elements(QualType type, llvm::ArrayRef<Expr*> elements,
                               const FieldDecl* member, SourceLocation at) {
  const RecordDecl* record = type->getAsRecordDecl();
  if (!record) return;
  RowFact row{table_, table_.empty() ? 0 : rows_++, names_.place(at), {}};
  for (const auto& [field, init] : initialised_fields(record, elements, member)) {
    add_initial("field:" + names_.field(field), field->getType(), init, at, false);
    if (table_.empty() || record->isUnion() || isa<ImplicitValueInitExpr>(init)) continue;
    row.cells.push_back(field->getNameAsString() + "=" + print(value(init)));
  }
  if (!row.cells.empty()) facts_.rows.push_back(std::move(row));
}

void ClangBody::visit_declarations(const DeclStmt* declarations) {
  for (const Decl* declaration : declarations->decls()) {
    const auto* variable = dyn_cast<VarDecl>(declaration);
    if (!variable || !variable->hasInit()) continue;
    if (variable->hasGlobalStorage()) {
      global(variable);
      continue;
    }
    const QualType type = variable->getType();
    std::optional<std::string> to = variable_slot(variable);
    if (!to) continue;
    if (type->isArrayType()) {
      add_initial(*to, type, variable->getInit(), variable->getLocation(), true);
      continue;
    }
    Value stored = value(variable->getInit());
    if (is_function_pointer(type) || holds_function(stored) || aliases_.contains(variable) ||
        (is_whole_number(type) && (passed_.contains(variable) || holds_result(stored))))
      add_store(*to, variable->getLocation(), StoreHow::Assign, std::move(stored));
  }
}

void ClangBody::visit_initialiser(const CXXCtorInitializer& initialiser) {
  const FieldDecl* field = initialiser.getAnyMember();
  if (!field || !initialiser.getInit()) return;
  add_initial("field:" + names_.field(field), field->getType(), initialiser.getInit(),
              initialiser.getSourceLocation(), generated_);
}

// A constructor that is inherited hands its parameters on.
void ClangBody::visit_inherited(const CXXInheritedCtorInitExpr* inherited) {
  std::vector<Value> arguments;
  for (const ParmVarDecl* parameter : inherited->getConstructor()->parameters())
    arguments.push_back({{Atom{AtomKind::Slot, *variable_slot(parameter)}}});
  add_call(inherited->getConstructor(), inherited->getExprLoc(), CallHow::Direct,
           std::move(arguments), block_);
}

// What is captured by reference is one thing with the variable.
void ClangBody::visit_captures(const LambdaExpr* lambda) {
  const std::string closure = names_.record(lambda->getLambdaClass());
  auto init = lambda->capture_init_begin();
  for (const LambdaCapture& capture : lambda->captures()) {
    const Expr* captured = *init++;
    const auto* variable =
        capture.capturesVariable() ? dyn_cast<VarDecl>(capture.getCapturedVar()) : nullptr;
    if (!variable || !captured) continue;
    const std::string inside = captured_slot(closure, variable);
    add_initial(inside, variable->getType().getNonReferenceType(), captured, capture.getLocation(),
                generated_);
    const bool scalar = variable->getType().getNonReferenceType()->isScalarType();
    std::optional<std::string> outside = slot(captured);
    if (capture.getCaptureKind() == LCK_ByRef && scalar && outside && !variable->isInitCapture())
      add_store(*outside, capture.getLocation(), StoreHow::Assign,
                {{Atom{AtomKind::Slot, inside}}});
  }
}

}  // namespace bh
