// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Test} from "./Test.sol";

/// @title A rule book as data: contracts/test/tables. `npm run generate` renders the same files into the docs.
/// @dev A cell says who may make the call in that state, and on which side of the deadline that runs ("provider <=", "anyone >",
/// "anyone"), or by which error it fails there. What a table does not name fails by the row's error for states.
abstract contract RuleTable is Test {
    enum When {
        Before,
        At,
        After
    }

    string private _json;

    function loadTable(string memory name) internal {
        _json = vm.readFile(string.concat("contracts/test/tables/", name, ".json"));
    }

    /// @param row of the table
    /// @param column of the table
    /// @param role of the caller
    /// @return the error that the call must fail with, or 0 if it must succeed
    function ruleFor(string memory row, string memory column, string memory role, When when)
        internal
        view
        returns (bytes4)
    {
        string memory path = string.concat(".rows['", row, "']");
        string memory cell = _at(string.concat(path, ".cells['", column, "']"));
        if (bytes(cell).length == 0) cell = _at(string.concat(path, ".cells.every"));
        bool allowed = bytes(cell).length != 0 && !vm.contains(cell, "(");
        // where nobody may, a call that looks at the caller first says what is wrong with the caller
        string[] memory words = vm.split(allowed ? cell : _at(string.concat(path, ".by")), " ");
        string[] memory checks = vm.parseJsonStringArray(_json, string.concat(path, ".checks"));
        for (uint256 i = 0; i < checks.length; ++i) {
            bool isState = _equal(checks[i], "state");
            bool fails = isState ? !allowed : _equal(checks[i], "who") ? !_isWho(words, role) : !_isWhen(words, when);
            if (!fails) continue;
            bool isOwn = isState && bytes(cell).length != 0;
            return _selector(isOwn ? cell : _at(string.concat(path, ".", checks[i])));
        }
        return 0;
    }

    function nameOf(When when) internal pure returns (string memory) {
        return when == When.Before ? "before" : when == When.At ? "at" : "after";
    }

    function _isWho(string[] memory words, string memory role) private pure returns (bool) {
        return bytes(words[0]).length == 0 || _equal(words[0], "anyone") || _equal(words[0], role);
    }

    function _isWhen(string[] memory words, When when) private pure returns (bool) {
        if (words.length == 1) return true;
        return _equal(words[1], ">") == (when == When.After);
    }

    function _at(string memory path) private view returns (string memory) {
        return vm.keyExistsJson(_json, path) ? vm.parseJsonString(_json, path) : "";
    }

    function _selector(string memory signature) private pure returns (bytes4) {
        return bytes4(keccak256(bytes(signature)));
    }

    function _equal(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }
}
